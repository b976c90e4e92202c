"""Known mistakes of `linear_probe`: freezing, the classifier, its training, its accuracy."""

from __future__ import annotations

from autograder.misconceptions.mistake import Mistake

MISTAKES = (
    # freeze
    Mistake(
        "only_eval",
        "All the encoder's parameters still require gradients. Neither evaluation mode nor a forward pass without "
        "gradients freezes them.",
        next_step="Turn requires_grad off for the encoder itself.",
    ),
    Mistake(
        "batch_norm_left_alive",
        "You freeze only some kinds of layers: the parameters of the others, such as batch normalisation's scale and "
        "shift, still require gradients and are trained along.",
        next_step="Freeze every parameter of the encoder, whatever the layer.",
    ),
    Mistake(
        "frozen_copy",
        "You freeze a copy: the encoder that was passed to freeze is not frozen.",
        next_step="Change the encoder itself.",
    ),
    Mistake(
        "forgets_eval",
        "Your freeze leaves the encoder in the mode it was in: if that was training mode, batch normalisation and "
        "dropout stay active.",
        next_step="Put it into evaluation mode in freeze, too.",
    ),
    Mistake(
        "only_requires_grad",
        "Your frozen encoder, or a part of it, still follows train(): after model.train(), batch normalisation uses "
        "the batch's statistics and changes its own.",
        next_step="train() of a model reaches every part of it: the frozen part has to stay in evaluation mode when it "
        "is called.",
    ),
    Mistake(
        "momentum_of_zero",
        "Your frozen encoder keeps its running statistics, but after train() batch normalisation still normalises with "
        "those of the batch: the features of an image depend on its neighbours.",
        next_step="Have the frozen encoder stay in evaluation mode when train() is called.",
    ),
    Mistake(
        "eval_in_forward",
        "Your encoder is in evaluation mode only while it computes features; before and after, train() still puts it "
        "into training mode.",
        next_step="Have the frozen encoder stay in evaluation mode when train() is called.",
    ),
    Mistake(
        "batch_statistics",
        "Your frozen encoder normalises with the batch's statistics even in evaluation mode: its running mean and "
        "variance are gone or unused.",
        next_step="Leave the running statistics as pretraining left them.",
    ),
    # Classifier
    Mistake(
        "two_layers",
        "Your classifier has a hidden layer. A linear probe may train one linear layer only, or it measures more than "
        "the representation.",
        source="Chen et al. 2020, section 2.3",
    ),
    Mistake(
        "no_bias",
        "Your linear layer has no bias.",
    ),
    Mistake(
        "classes_fixed",
        "The number of your classifier's scores is fixed: n_classes is ignored.",
    ),
    Mistake(
        "feature_dim_ignored",
        "The input size of your linear layer is fixed: feature_dim is ignored.",
    ),
    Mistake(
        "other_defaults",
        "Your default feature_dim is not the length of the features h of ResNet-18. The probe sits on h, not on the "
        "projection z.",
        source="Chen et al. 2020, section 2.3",
    ),
    Mistake(
        "softmax_in_forward",
        "Your classifier returns probabilities. The cross-entropy loss takes logits and applies the softmax itself, "
        "so it would be applied twice.",
    ),
    Mistake(
        "relu_on_the_features",
        "You apply a ReLU to the features: the linear layer no longer sees the negative ones.",
        next_step="Nothing stands between the encoder and the linear layer.",
    ),
    Mistake(
        "normalised_features",
        "You scale every feature vector to length 1, so the linear layer no longer sees its length.",
        next_step="Nothing stands between the encoder and the linear layer.",
    ),
    Mistake(
        "batch_norm_on_the_features",
        "You normalise the features over the batch, so the scores of an image depend on the others in its batch.",
        next_step="Nothing stands between the encoder and the linear layer.",
    ),
    Mistake(
        "classifier_freezes",
        "Your classifier cuts the gradients between features and encoder, so the baseline cannot train its encoder.",
        next_step="Freezing is the job of freeze, not of Classifier.",
    ),
    Mistake(
        "encoder_not_registered",
        "Your classifier does not register the encoder as a submodule: parameters(), train() and state_dict() do not "
        "reach it.",
        next_step="A plain Python list hides a module; assign the encoder to an attribute of its own.",
    ),
    Mistake(
        "ignores_train",
        "The whole classifier ignores train(): only a frozen encoder has to stay in evaluation mode.",
    ),
    # train_classifier: the steps
    Mistake(
        "no_step",
        "The weights never change: the optimizer takes no step.",
    ),
    Mistake(
        "no_zero_grad",
        "Gradients pile up over several batches: they are not cleared for every batch, so a step also follows the "
        "gradients of earlier ones.",
    ),
    Mistake(
        "old_gradients_count",
        "Your first step also follows gradients that were there before the call: they are cleared only after the step.",
        next_step="Clear the gradients before backward.",
    ),
    Mistake(
        "one_step_per_epoch",
        "You add up the gradients of a whole epoch and take a single step. Every batch has a step of its own.",
    ),
    Mistake(
        "loss_of_summed_reduction",
        "You train on the sum of the batch's losses, so the step grows with the size of the batch. A step follows the "
        "gradient of the mean.",
    ),
    Mistake(
        "mean_squared_error",
        "You train on the mean squared error between logits and one-hot labels. A classifier is trained with the "
        "cross-entropy loss.",
    ),
    Mistake(
        "own_schedule",
        "You change the learning rate during training. The optimizer keeps the one it was given.",
    ),
    # train_classifier: the epochs
    Mistake(
        "trains_in_evaluation_mode",
        "After the first validation your model stays in evaluation mode, so all later epochs train in it.",
        next_step="Go back into training mode at the start of every epoch.",
    ),
    Mistake(
        "validates_in_training_mode",
        "You evaluate the model in training mode: dropout is active, and batch normalisation uses and changes the "
        "wrong statistics.",
        next_step="Call model.eval() before the loop.",
    ),
    Mistake(
        "validation_with_gradients",
        "Gradients are recorded while you evaluate the model: that costs memory and time for nothing.",
        next_step="Wrap the loop in torch.no_grad().",
    ),
    Mistake(
        "trains_on_validation",
        "You take optimizer steps on the validation batches. Then they say nothing about data the model has not seen.",
    ),
    Mistake(
        "validates_before_training",
        "You validate before the epoch's training, so each validation value belongs to the epoch before.",
    ),
    Mistake(
        "losses_after_training",
        "You go through the training batches a second time to measure loss and accuracy. Both are measured as the "
        "samples are seen, before the batch's step.",
    ),
    Mistake(
        "drops_the_smaller_batch",
        "You leave out batches that are smaller than the others. Every sample counts, and the last batch may be "
        "smaller.",
    ),
    Mistake(
        "one_epoch_too_many",
        "You train one epoch more than n_epochs.",
    ),
    Mistake(
        "stops_when_it_gets_worse",
        "You stop early, when the validation loss rises. All n_epochs are trained, whether or not they help.",
    ),
    Mistake(
        "restores_the_best_epoch",
        "In the end you restore the weights of the epoch that did best in validation. The model keeps those of the "
        "last epoch.",
    ),
    # the numbers
    Mistake(
        "mean_over_batches",
        "You average over batches: a sample in a small batch counts more than one in a large batch.",
        next_step="Sum over samples, and divide by their number at the end.",
    ),
    Mistake(
        "validation_accuracy_of_the_last_batch",
        "Your validation accuracy is that of the last batch alone. It is taken over all validation samples.",
        next_step="Add up the correct predictions over the batches; do not overwrite them.",
    ),
    Mistake(
        "accuracy_in_percent",
        "You give accuracies in percent; they have to be fractions in [0, 1].",
    ),
    Mistake(
        "squeezed_scores",
        "You drop a dimension where a batch holds a single sample or there is a single class, as squeeze() does.",
        next_step="Keep the shape (B, n_classes), also where one of the two is 1.",
    ),
    Mistake(
        "logs_tensors",
        "You give tensors or NumPy numbers where Python floats are asked for.",
        next_step="item() and float() give Python numbers.",
    ),
    # history and log
    Mistake(
        "returns_nothing",
        "Your train_classifier returns None: the history is never returned.",
    ),
    Mistake(
        "returns_a_dict",
        "You return the four series, but not as a History, so history.val_accuracy does not work.",
    ),
    Mistake(
        "history_of_the_last_epoch",
        "Your history holds the values of the last epoch only. Every series has one value per epoch.",
    ),
    Mistake(
        "counts_epochs_from_one",
        "You log the epochs 1, 2, …: they count from 0.",
    ),
    Mistake(
        "logs_every_batch",
        "You log after every batch. log is called once per epoch, after its validation.",
    ),
    Mistake(
        "logs_early",
        "You log an epoch before it is trained, so its values are not those of the epoch.",
        next_step="Call log at the end of the epoch, after its validation.",
    ),
    Mistake(
        "logs_training_only",
        "You log the training values only. log gets the two validation values as well.",
    ),
    # accuracy
    Mistake(
        "argmin",
        "You predict the class with the lowest score. The prediction is the class with the highest.",
    ),
    Mistake(
        "argmax_over_the_batch",
        "You take the argmax over the samples of the batch. It is taken over the classes of each sample.",
    ),
    Mistake(
        "mode_not_restored",
        "Your accuracy always leaves the model in the same mode. Afterwards it has to be in the mode that it was in.",
        next_step="Remember model.training before you change it.",
    ),
    # nothing at all
    Mistake(
        "computes_nothing",
        "Your code gives constants: the scores do not depend on the images, and training does not follow the loss.",
    ),
    Mistake(
        "raises_everywhere",
        "Your functions raise an exception whatever they are given.",
    ),
)
